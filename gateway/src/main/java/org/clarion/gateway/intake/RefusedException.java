package org.clarion.gateway.intake;

/** Carries a refusal out of a decoder. */
final class RefusedException extends Exception {
  private final transient Refusal refusal;

  RefusedException(RefusalCode code, String message) {
    super(message, null, false, false);
    this.refusal = new Refusal(code, message);
  }

  Refusal refusal() {
    return refusal;
  }
}
