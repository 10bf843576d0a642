package org.clarion.training.phantom;

/** A question about a picture, and its answer. */
public record Turn(String question, String answer) {}
