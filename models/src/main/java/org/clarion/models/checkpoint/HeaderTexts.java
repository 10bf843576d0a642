package org.clarion.models.checkpoint;

import java.util.Map;

/**
 * The texts in a converted file's header.
 *
 * @param label
 *          file name for messages
 */
record HeaderTexts(String label, Map<String, String> metadata) {
  String text(String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new CheckpointException("checkpoint_malformed", label + " is no converted file: its header has no " + key);
    }
    return value;
  }

  /** A whole number. */
  int number(String key, int least, int most) {
    String value = text(key);
    if (!value.matches("\\d{1,8}") || Integer.parseInt(value) < least || Integer.parseInt(value) > most) {
      throw new CheckpointException("checkpoint_malformed",
          label + ": " + key + " is " + value + ", expected " + least + " to " + most);
    }
    return Integer.parseInt(value);
  }
}
