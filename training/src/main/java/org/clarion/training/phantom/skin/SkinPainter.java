package org.clarion.training.phantom.skin;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Painter;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomCase;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.SkinTone;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Wording;
import org.clarion.training.phantom.raster.Chance;

/** Synthetic photographs of skin: every disease on every tone, equally often. Thread-safe. */
public final class SkinPainter implements Painter {
  /** What a dermatologist looks at through a dermatoscope. */
  private static final Set<Disease> DERMOSCOPIC = Set.of(Disease.NAEVUS, Disease.MELANOMA, Disease.BASAL_CELL_CARCINOMA,
      Disease.SEBORRHOEIC_KERATOSIS);

  private final Wording.Variety variety;

  /** A painter whose texts have this variety. */
  public SkinPainter(Wording.Variety variety) {
    this.variety = variety;
  }

  @Override
  public Phantom paint(String id, long seed, Chance chance, int size) {
    Chance plan = chance.fork("plan");
    Disease disease = plan.of(Disease.values());
    SkinTone tone = plan.of(SkinTone.values());
    View view = plan.happens(0.35) ? DERMOSCOPIC.contains(disease) ? View.DERMOSCOPY : View.OVERVIEW : View.CLOSE_UP;
    Tint tint = Tint.of(tone, plan);
    Scene scene = Scene.of(disease, Layout.of(view, plan), tint, chance.fork("scene"));
    Photo photo = new Photo(size);
    Surface.draw(photo, chance.fork("surface"), tint);
    Chance drawing = chance.fork("marks");
    scene.marks().forEach(mark -> mark.draw(photo, new Chance(drawing.next())));
    frame(view, chance.fork("frame")).forEach(mark -> mark.draw(photo, new Chance(drawing.next())));
    SkinText text = new SkinText(disease, scene.concepts(), view, tone, chance.fork("text"), variety);
    String report = text.report();
    return new Phantom(new Camera(tint, chance.fork("camera")).take(photo), new PhantomCase(id, PhantomKind.SKIN, seed,
        new Labels.Skin(view, tone, tint.monk(), disease, scene.concepts()), text.caption(), report, text.dialogue(
            report)));
  }

  /** What is in the way, and what the picture is taken of or through. */
  private static List<Mark> frame(View view, Chance chance) {
    List<Mark> marks = new ArrayList<>();
    if (chance.happens(0.4)) {
      marks.add(new Hair(chance.integer(6, 26)));
    }
    if (view == View.OVERVIEW) {
      marks.add(new Limb(chance.between(0.33, 0.4)));
    }
    if (chance.happens(0.25)) {
      marks.add(new Glare());
    }
    if (view == View.CLOSE_UP && chance.happens(0.25)) {
      marks.add(new Ruler(chance.happens(0.5)));
    }
    if (view == View.DERMOSCOPY) {
      marks.add(new Dermatoscope());
    }
    return marks;
  }
}
