package org.clarion.training.evaluate;

import java.nio.file.Path;

/** A question about a picture. */
public record Query(Path image, String question) {}
