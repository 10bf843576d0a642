package org.clarion.models.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.models.tokenizer.Tokenizer;

/**
 * Turns rendered segments into token ids, exactly as the references tokenise: words of template and user that touch are
 * encoded as one piece (so {@code </Img>} followed by a question yields the ids of the whole), pictures and special
 * tokens of the template separate pieces, and nothing that a user wrote is ever looked up among the special tokens.
 *
 * <p>
 * Thread-safe, as the tokenizer is.
 */
public final class PromptEncoder {
  private final Tokenizer tokenizer;
  private final boolean addBos;
  private final List<String> specials;

  /**
   * An encoder for one vocabulary.
   *
   * @param addBos
   *          whether a prompt starts with BOS
   * @throws IllegalArgumentException
   *           when it must and the vocabulary has none
   */
  public PromptEncoder(Tokenizer tokenizer, boolean addBos) {
    this.tokenizer = tokenizer;
    this.addBos = addBos;
    this.specials = tokenizer.specialTokens();
    if (addBos && tokenizer.bosId() < 0) {
      throw new IllegalArgumentException("the model asks for BOS and its vocabulary names none");
    }
  }

  /** Ids of a prompt from its start; begins with BOS where the model wants it. Neighbouring ids are joined. */
  public List<EncodedSegment> encode(List<Segment> segments) {
    Run run = new Run(false);
    if (addBos) {
      run.ids.add(tokenizer.bosId());
    }
    return encode(segments, run);
  }

  /** Ids of what follows an answer in the same sequence: no BOS, and no SentencePiece space before the first word. */
  public List<EncodedSegment> encodeFollowUp(List<Segment> segments) {
    return encode(segments, new Run(true));
  }

  private List<EncodedSegment> encode(List<Segment> segments, Run run) {
    for (Segment segment : segments) {
      switch (segment) {
        case Segment.Text text -> run.words.append(text.text());
        case Segment.Template template -> split(template.text(), run);
        case Segment.Image image -> {
          run.endPiece();
          run.endSegment();
          run.done.add(new EncodedSegment.Image(image.index()));
        }
      }
    }
    run.endPiece();
    run.endSegment();
    return List.copyOf(run.done);
  }

  private void split(String text, Run run) {
    int from = 0;
    while (from < text.length()) {
      int at = text.length();
      String found = "";
      for (String special : specials) {
        int place = text.indexOf(special, from);
        if (place >= 0 && (place < at || (place == at && special.length() > found.length()))) {
          at = place;
          found = special;
        }
      }
      run.words.append(text, from, at);
      if (!found.isEmpty()) {
        run.endPiece();
        run.ids.add(tokenizer.idOf(found));
      }
      from = at + found.length();
    }
  }

  /** What is being collected: words of the current piece, ids of the current segment, finished segments. */
  private final class Run {
    final StringBuilder words = new StringBuilder();
    final List<Integer> ids = new ArrayList<>();
    final List<EncodedSegment> done = new ArrayList<>();
    private boolean continues;

    Run(boolean continues) {
      this.continues = continues;
    }

    void endPiece() {
      if (!words.isEmpty()) {
        String piece = words.toString();
        IntStream.of(continues ? tokenizer.encodeContinuation(piece) : tokenizer.encodeText(piece)).forEach(ids::add);
        words.setLength(0);
      }
      continues = false;
    }

    void endSegment() {
      if (!ids.isEmpty()) {
        done.add(new EncodedSegment.Tokens(ids.stream().mapToInt(Integer::intValue).toArray()));
        ids.clear();
      }
    }
  }
}
