package org.clarion.training.phantom.distractor;

import java.util.List;
import org.clarion.training.phantom.FirstQuestions;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Painter;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomCase;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Turn;
import org.clarion.training.phantom.Wording;
import org.clarion.training.phantom.Words;
import org.clarion.training.phantom.raster.Chance;

/** Pictures of other things, in colour or grey, whose only right description is a refusal. Thread-safe. */
public final class DistractorPainter implements Painter {
  private final Wording.Variety variety;

  /** A painter whose texts have this variety. */
  public DistractorPainter(Wording.Variety variety) {
    this.variety = variety;
  }

  @Override
  public Phantom paint(String id, long seed, Chance chance, int size) {
    Chance plan = chance.fork("plan");
    Subject subject = plan.of(Subject.values());
    Sketch sketch = new Sketch(size);
    subject.draw(sketch, chance.fork("sketch"));
    Chance text = chance.fork("text");
    String refusal = refusal(subject, new Wording(text, variety));
    List<Turn> dialogue = List.of(new Turn(FirstQuestions.ask(PhantomKind.DISTRACTOR, text), refusal),
        new Turn("Why not?",
            "It shows "
                + subject.words() + ", not a chest radiograph or a photo of skin."));
    return new Phantom(sketch.finish(chance.fork("finish"), plan.happens(0.3)), new PhantomCase(id,
        PhantomKind.DISTRACTOR, seed, new Labels.Distractor(Words.label(subject)), refusal, refusal, dialogue));
  }

  private static String refusal(Subject subject, Wording text) {
    return text.of("This image cannot be assessed: it shows " + subject.words()
        + ", not a chest radiograph or a photo of skin.",
        "I cannot report this image. It shows " + subject.words()
            + ". Please send a chest radiograph or a photo of skin.",
        "This is not a medical image that I can report: it shows "
            + subject.words() + ".");
  }
}
