package org.clarion.scheduler.rpc;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.clarion.models.grammar.ByteSet;
import org.clarion.models.grammar.FormatException;
import org.clarion.models.grammar.FormatLimits;
import org.clarion.models.grammar.Grammar;
import org.clarion.proto.v1.BeamSearch;
import org.clarion.proto.v1.OutputFormat;
import org.clarion.proto.v1.Sampled;
import org.clarion.proto.v1.TokenBias;
import org.clarion.proto.v1.TokenChance;
import org.clarion.proto.v1.TokenLogProbabilities;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.core.BeamSettings;
import org.clarion.scheduler.core.Sampling;
import org.clarion.scheduler.core.TokenChances;
import org.jspecify.annotations.Nullable;

/** What has to do with the choice of tokens, between the wire and the core. */
final class SamplingWire {
  private SamplingWire() {}

  /**
   * Checks what ranks would refuse a whole plan over.
   *
   * @throws IllegalArgumentException
   *           naming value and limit
   */
  static Sampling read(org.clarion.proto.v1.Sampling wire, int vocabulary) {
    SortedMap<Integer, Float> bias = new TreeMap<>();
    for (TokenBias entry : wire.getLogitBiasList()) {
      if (entry.getToken() < 0 || entry.getToken() >= vocabulary) {
        throw new IllegalArgumentException("token id " + Integer.toUnsignedString(entry.getToken())
            + " of logit_bias is not below the vocabulary's " + vocabulary);
      }
      bias.put(entry.getToken(), entry.getBias());
    }
    // The wire's 0 stands for 1 in two places, which changes nothing.
    return new Sampling(wire.getTemperature(),
        new Sampling.Cut(wire.getTopK(), wire.getTopP() == 0 ? 1 : wire.getTopP(), wire.getMinP()),
        new Sampling.Penalties(wire.getRepetitionPenalty() == 0 ? 1 : wire.getRepetitionPenalty(),
            wire.getPresencePenalty(), wire.getFrequencyPenalty()),
        bias, wire.getSeed(), wire.hasTopLogProbabilities() ? wire.getTopLogProbabilities() : null,
        wire.hasFormat() ? read(wire.getFormat(), vocabulary) : null);
  }

  /** A format is compiled here only to know that the ranks can do it; they know their vocabulary. */
  private static Sampling.Format read(OutputFormat wire, int vocabulary) {
    for (int end : wire.getEndTokensList()) {
      if (end < 0 || end >= vocabulary) {
        throw new IllegalArgumentException("token id " + Integer.toUnsignedString(end)
            + " of format.end_tokens is not below the vocabulary's " + vocabulary);
      }
    }
    try {
      var format = org.clarion.models.grammar.OutputFormat.of(wire.getKind(), wire.getTextsList());
      Grammar.compile(format, ByteSet.ALL, false, FormatLimits.STANDARD);
      return new Sampling.Format(format, wire.getEndTokensList());
    } catch (FormatException e) {
      throw new ServiceError.InvalidArgument(e.code().word(), "format: " + e.reason()).toException();
    }
  }

  static org.clarion.proto.v1.Sampling of(Sampling sampling) {
    org.clarion.proto.v1.Sampling.Builder wire = org.clarion.proto.v1.Sampling.newBuilder()
        .setTemperature(sampling.temperature()).setTopK(sampling.cut().topK()).setTopP(sampling.cut().topP())
        .setMinP(sampling.cut().minP()).setRepetitionPenalty(sampling.penalties().repetition())
        .setPresencePenalty(sampling.penalties().presence()).setFrequencyPenalty(sampling.penalties().frequency())
        .setSeed(sampling.seed());
    sampling.bias().forEach((id, value) -> wire.addLogitBias(TokenBias.newBuilder().setToken(id).setBias(value)));
    Sampling.Format format = sampling.format();
    if (format != null) {
      wire.setFormat(OutputFormat.newBuilder().setKind(format.format().kind()).addAllTexts(format.format().texts())
          .addAllEndTokens(format.ends()));
    }
    if (sampling.logProbabilities() != null) {
      wire.setTopLogProbabilities(sampling.logProbabilities());
    }
    return wire.build();
  }

  static BeamSettings read(BeamSearch wire) {
    return new BeamSettings(wire.getWidth(), wire.getLengthPenalty(), switch (wire.getEarlyStopping()) {
      case EARLY_STOPPING_ALWAYS -> BeamSettings.Stopping.ALWAYS;
      case EARLY_STOPPING_NEVER -> BeamSettings.Stopping.NEVER;
      case EARLY_STOPPING_UNSPECIFIED, UNRECOGNIZED -> BeamSettings.Stopping.HEURISTIC;
    });
  }

  /** Null for a row that was not asked. */
  static @Nullable TokenChances chances(Sampled sampled) {
    List<TokenChance> likeliest = sampled.getLikeliestList();
    if (likeliest.isEmpty()) {
      return null;
    }
    int[] ids = new int[likeliest.size()];
    float[] logs = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = likeliest.get(i).getToken();
      logs[i] = likeliest.get(i).getLogProbability();
    }
    return new TokenChances(sampled.getLogProbability(), ids, logs);
  }

  static TokenLogProbabilities of(TokenChances chances) {
    TokenLogProbabilities.Builder wire = TokenLogProbabilities.newBuilder()
        .setLogProbability(chances.logProbability());
    for (int i = 0; i < chances.ids().length; i++) {
      wire.addLikeliest(
          TokenChance.newBuilder().setToken(chances.ids()[i]).setLogProbability(chances.logProbabilities()[i]));
    }
    return wire.build();
  }
}
