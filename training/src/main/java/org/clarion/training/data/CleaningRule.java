package org.clarion.training.data;

/** What is taken out of radiology reports before training, and which reports are left out altogether. */
public enum CleaningRule {
  /** The report has no findings, or fewer than ten words of them: left out. */
  SHORT_FINDINGS("findings below 10 words", true),
  /** The report has no impression, or fewer than two words of it: left out. */
  SHORT_IMPRESSION("impression below 2 words", true),
  /** Words that compare with an earlier film, which the model does not see: taken out. */
  PRIOR_STUDY("comparison with a prior study", false),
  /** The masks of de-identified text: taken out. */
  MASK("mask ___", false),
  /** Which views were made, which a picture of one view does not show: taken out. */
  VIEW("name of a view", false);

  private final String words;
  private final boolean drops;

  CleaningRule(String words, boolean drops) {
    this.words = words;
    this.drops = drops;
  }

  /** For people. */
  public String words() {
    return words;
  }

  /** Whether it leaves out whole reports; otherwise it takes out words. */
  public boolean drops() {
    return drops;
  }
}
