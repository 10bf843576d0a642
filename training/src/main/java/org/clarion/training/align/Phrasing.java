package org.clarion.training.align;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.clarion.engine.align.Sequences.Sequence;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.prompt.EncodedSegment;
import org.clarion.models.prompt.Message;
import org.clarion.models.prompt.PromptEncoder;
import org.clarion.models.prompt.PromptTemplate;
import org.clarion.models.prompt.Segment;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.training.phantom.Turn;

/** Puts lessons into the words and tokens that a stage asks for. Thread-safe but for its count of cuts. */
final class Phrasing {
  private static final String PLACE = "<ImageHere>";
  private static final double AFTER_ANOTHER = 0.5;
  private static final double THE_REPORT = 0.4;

  private final Stage stage;
  private final Tokenizer tokenizer;
  private final PromptEncoder encoder;
  private final PromptTemplate template;
  private final String end;
  private final int pictureTokens;
  private final int maxContext;
  private long cut;

  Phrasing(Stage stage, ModelManifest model, Tokenizer tokenizer, int pictureTokens) {
    this.stage = stage;
    this.tokenizer = tokenizer;
    this.encoder = new PromptEncoder(tokenizer, model.language().addBos());
    this.template = model.prompt().template();
    this.end = stage.end().isEmpty() && !model.stop().tokens().isEmpty()
        ? model.stop().tokens().getFirst()
        : stage.end();
    this.pictureTokens = pictureTokens;
    this.maxContext = model.language().maxContext();
  }

  /** What a prompt asks, and what is to be answered. */
  private record Exchange(List<Segment> prompt, String answer) {}

  /**
   * A lesson's sequence.
   *
   * @param batch
   *          for what all of a batch have in common
   * @param own
   *          for what is this lesson's
   * @throws AlignException
   *           when it is longer than the model's context
   */
  Sequence of(Lesson lesson, SplittableRandom batch, SplittableRandom own) {
    Exchange exchange = stage.prompts().isEmpty() ? inTemplate(lesson, own) : whole(lesson, batch);
    int[] answer = tokens(List.of(new Segment.Text(exchange.answer()), new Segment.Template(end)));
    if (answer.length > stage.maxAnswer()) {
      cut++;
      answer = IntStream.of(answer).limit(stage.maxAnswer()).toArray();
    }
    int[] before = new int[0];
    int[] after = new int[0];
    boolean seen = false;
    for (EncodedSegment segment : encoder.encode(exchange.prompt())) {
      switch (segment) {
        case EncodedSegment.Image _ -> seen = true;
        case EncodedSegment.Tokens tokens -> {
          if (seen) {
            after = tokens.ids();
          } else {
            before = tokens.ids();
          }
        }
      }
    }
    Sequence sequence = new Sequence(before, after, answer);
    if (sequence.length(pictureTokens) > maxContext) {
      throw new AlignException("case " + lesson.id() + " takes " + sequence.length(pictureTokens) + " positions ("
          + (before.length + after.length) + " prompt, " + pictureTokens + " picture, " + answer.length
          + " answer); the model has " + maxContext + ". Lower max-answer of stage " + stage.name()
          + ", or leave the case out");
    }
    return sequence;
  }

  /** Answers that were longer than the stage allows, so far. */
  long cut() {
    return cut;
  }

  private int[] tokens(List<Segment> segments) {
    // Without BOS: an answer goes on where the prompt ends.
    return new PromptEncoder(tokenizer, false).encode(segments).stream().flatMapToInt(segment -> switch (segment) {
      case EncodedSegment.Image _ -> IntStream.empty();
      case EncodedSegment.Tokens tokens -> IntStream.of(tokens.ids());
    }).toArray();
  }

  private Exchange whole(Lesson lesson, SplittableRandom random) {
    String prompt = draw(stage.prompts(), random);
    int place = prompt.indexOf(PLACE);
    return new Exchange(List.of(new Segment.Template(prompt.substring(0, place)), new Segment.Image(0),
        new Segment.Template(prompt.substring(place + PLACE.length()))), text(lesson));
  }

  private String text(Lesson lesson) {
    return switch (stage.teach()) {
      case CAPTIONS -> lesson.caption();
      case REPORTS, DIALOGUES -> lesson.report();
      case LABELS -> throw new IllegalStateException("labels are not put into words");
    };
  }

  private Exchange inTemplate(Lesson lesson, SplittableRandom random) {
    List<Turn> turns = lesson.dialogue();
    List<Message> talk = new ArrayList<>();
    Turn turn;
    if (stage.teach() == Teaching.DIALOGUES && turns.size() > 1) {
      int chosen = random.nextDouble() < THE_REPORT ? 0 : 1 + random.nextInt(turns.size() - 1);
      turn = turns.get(chosen);
      if (chosen > 0 && random.nextDouble() < AFTER_ANOTHER) {
        talk.add(Message.user(new Message.Part.Image(0), new Message.Part.Text(turns.getFirst().question())));
        talk.add(Message.assistant(turns.getFirst().answer()));
      }
    } else {
      boolean own = !turns.isEmpty() && (stage.questions().isEmpty() || random.nextBoolean());
      turn = new Turn(own && stage.teach() != Teaching.CAPTIONS
          ? turns.getFirst().question()
          : draw(stage.questions(), random), text(lesson));
    }
    talk.add(talk.isEmpty()
        ? Message.user(new Message.Part.Image(0), new Message.Part.Text(turn.question()))
        : Message.user(turn.question()));
    return new Exchange(template.open(talk), turn.answer());
  }

  private String draw(List<String> texts, SplittableRandom random) {
    if (texts.isEmpty()) {
      throw new AlignException("stage " + stage.name()
          + " has neither prompts nor questions, and the material brings no questions");
    }
    return texts.get(random.nextInt(texts.size()));
  }
}
