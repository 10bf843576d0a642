package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Painter;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomCase;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Wording;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Images;
import org.clarion.training.phantom.raster.Plane;

/** Synthetic chest radiographs from the front and from the side. Thread-safe. */
public final class ChestPainter implements Painter {
  private final Wording.Variety variety;

  /** A painter whose texts have this variety. */
  public ChestPainter(Wording.Variety variety) {
    this.variety = variety;
  }

  @Override
  public Phantom paint(String id, long seed, Chance chance, int size) {
    ChestPlan plan = ChestPlan.draw(chance.fork("plan"));
    Plane film = plan.view() == View.LATERAL
        ? LateralFilm.draw(plan, chance, size)
        : FrontalFilm.draw(plan, chance, size);
    ChestText text = new ChestText(plan, chance.fork("text"), variety);
    String report = text.report();
    return new Phantom(Images.grey(film),
        new PhantomCase(id, PhantomKind.CHEST, seed, new Labels.Chest(plan.view(), plan
            .findings()), text.caption(), report, text.dialogue(report)));
  }
}
