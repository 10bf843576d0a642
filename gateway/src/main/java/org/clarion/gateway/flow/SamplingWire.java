package org.clarion.gateway.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.gateway.api.ValidRequest.SamplingChoice;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.proto.v1.BeamSearch;
import org.clarion.proto.v1.OutputFormat;
import org.clarion.proto.v1.Sampling;
import org.clarion.proto.v1.TokenBias;
import org.clarion.proto.v1.TokenSegment;

/** How a request wants its tokens chosen and its answer ended, as the scheduler is told. */
final class SamplingWire {
  private SamplingWire() {}

  static Sampling of(SamplingChoice choice, List<Integer> ends) {
    Sampling.Builder wire = Sampling.newBuilder().setTemperature(choice.temperature()).setSeed(choice.seed())
        .setTopK(choice.cut().topK()).setTopP(choice.cut().topP()).setMinP(choice.cut().minP())
        .setRepetitionPenalty(choice.penalties().repetition()).setPresencePenalty(choice.penalties().presence())
        .setFrequencyPenalty(choice.penalties().frequency());
    choice.bias().forEach((id, bias) -> wire.addLogitBias(TokenBias.newBuilder().setToken(id).setBias(bias)));
    choice.logprobs().ifPresent(wire::setTopLogProbabilities);
    choice.format().ifPresent(format -> wire.setFormat(OutputFormat.newBuilder().setKind(format.kind())
        .addAllTexts(format.texts()).addAllEndTokens(ends)));
    return wire.build();
  }

  static BeamSearch of(org.clarion.gateway.api.ValidRequest.Beams beams) {
    return BeamSearch.newBuilder().setWidth(beams.width()).setLengthPenalty(beams.lengthPenalty())
        .setEarlyStopping(beams.stopping()).build();
  }

  /**
   * The usual spellings of stop strings, by which the scheduler ends an answer without waiting for us. Only such whose
   * text has the stop string in it: then it is in the answer's text too, and is found and cut there.
   */
  static List<TokenSegment> stopSequences(List<String> stops, Tokenizer tokenizer) {
    List<TokenSegment> sequences = new ArrayList<>();
    for (String stop : stops) {
      Stream.of(tokenizer.encodeContinuation(stop), tokenizer.encodeText(stop))
          .filter(ids -> ids.length > 0 && tokenizer.decode(ids).contains(stop))
          .map(ids -> TokenSegment.newBuilder().addAllIds(Arrays.stream(ids).boxed().toList()).build())
          .filter(sequence -> !sequences.contains(sequence)).forEach(sequences::add);
    }
    return sequences;
  }
}
