package org.clarion.gateway.intake;

/**
 * Why an upload was not taken.
 *
 * @param code
 *          for programs
 * @param message
 *          for people: names the bad value and the limit, never anything of the picture's content
 */
public record Refusal(RefusalCode code, String message) {}
