package org.clarion.llm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChancesTest {
  private final Chances chances = new Chances();

  @Test
  void agreesWithTheNaiveWay() {
    Random random = new Random(4);
    for (int round = 0; round < 100; round++) {
      float[] logits = new float[1 + random.nextInt(3000)];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = Math.round(random.nextGaussian() * 40) / 8f;
      }
      double total = IntStream.range(0, logits.length).mapToDouble(id -> Math.exp(logits[id])).sum();
      double normaliser = chances.normaliser(logits);
      assertThat(normaliser).isCloseTo(Math.log(total), within(1e-6));
      int count = random.nextInt(round % 10 == 0 ? 2000 : 40);
      List<Integer> order = IntStream.range(0, logits.length).boxed()
          .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id)).limit(count)
          .toList();
      Chances.Likeliest likeliest = chances.likeliest(logits, count, normaliser);
      assertThat(likeliest.ids()).containsExactly(order.stream().mapToInt(id -> id).toArray());
      for (int i = 0; i < order.size(); i++) {
        assertThat(likeliest.logProbabilities()[i]).isCloseTo((float) (logits[order.get(i)] - Math.log(total)),
            within(2e-6f));
      }
    }
  }

  @Test
  void impossibleIdsHaveNoPart() {
    float[] logits = {Float.NEGATIVE_INFINITY, 1, Float.NaN, 1};
    Chances.clean(logits);
    double normaliser = chances.normaliser(logits);
    assertThat(normaliser).isCloseTo(1 + Math.log(2), within(1e-6));
    Chances.Likeliest likeliest = chances.likeliest(logits, 3, normaliser);
    assertThat(likeliest.ids()).startsWith(1, 3, 0);
    assertThat(likeliest.logProbabilities()[2]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(chances.normaliser(new float[]{Float.NEGATIVE_INFINITY})).isEqualTo(Double.NEGATIVE_INFINITY);
  }
}
