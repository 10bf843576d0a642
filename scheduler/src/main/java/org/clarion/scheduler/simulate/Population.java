package org.clarion.scheduler.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clarion.scheduler.core.ClinicalClass;

/**
 * What visits are like: how many images, how long the texts are, what is asked afterwards. Lengths are log-normal.
 * Functions are the strict ones, so that every machine draws the same.
 *
 * @param stat
 *          share of STAT
 * @param batch
 *          share of batch
 * @param skin
 *          share of skin visits, which have one image; chest visits have one or two
 * @param prompt
 *          median tokens of a question
 * @param answer
 *          median tokens of an answer
 * @param followUps
 *          mean number of further questions
 */
public record Population(double stat, double batch, double skin, int prompt, int answer, double followUps) {
  /** 5 % STAT, 15 % batch, 60 % skin; 120 tokens in, 140 out; one further question on average. */
  public static final Population DEFAULT = new Population(0.05, 0.15, 0.6, 120, 140, 1);
  private static final double SIGMA = 0.5;
  private static final double THINK_SECONDS = 45;
  private static final double THINK_SIGMA = 0.8;
  private static final int MOST_TURNS = 8;
  private static final int MOST_ANSWER = 512;

  public Population {
    if (!(stat >= 0 && batch >= 0 && stat + batch <= 1 && skin >= 0 && skin <= 1)) {
      throw new IllegalArgumentException("shares STAT " + stat + ", batch " + batch + ", skin " + skin
          + " must be in 0 to 1, the first two together too");
    }
    if (prompt < 1 || answer < 1 || answer > MOST_ANSWER || !(followUps >= 0 && followUps < MOST_TURNS)) {
      throw new IllegalArgumentException("prompt " + prompt + " must be at least 1, answer " + answer + " 1 to "
          + MOST_ANSWER + ", further questions " + followUps + " at least 0 and below " + MOST_TURNS);
    }
  }

  ClinicalClass clinical(SplittableRandom random) {
    double u = random.nextDouble();
    return u < stat ? ClinicalClass.STAT : u < stat + batch ? ClinicalClass.BATCH : ClinicalClass.ROUTINE;
  }

  Visit visit(long at, int clinic, ClinicalClass clinical, SplittableRandom random) {
    int images = random.nextDouble() < skin || random.nextDouble() < 0.5 ? 1 : 2;
    List<Visit.Turn> turns = new ArrayList<>();
    double goesOn = followUps / (1 + followUps);
    do {
      long think = (long) (1e9 * THINK_SECONDS * StrictMath.exp(THINK_SIGMA * random.nextGaussian()));
      int question = turns.isEmpty() ? prompt : Math.max(1, prompt / 4);
      int length = Math.min(length(answer, random), MOST_ANSWER);
      turns.add(new Visit.Turn(think, length(question, random), length, MOST_ANSWER));
    } while (clinical != ClinicalClass.BATCH && turns.size() < MOST_TURNS && random.nextDouble() < goesOn);
    return new Visit(at, clinic, clinical, images, 0, turns);
  }

  private static int length(int median, SplittableRandom random) {
    return (int) Math.clamp(median * StrictMath.exp(SIGMA * random.nextGaussian()), 1, 16.0 * median);
  }
}
