package org.clarion.training.phantom.chest;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Zone;
import org.clarion.training.phantom.raster.Chance;

/**
 * What a film is to show, before anything is drawn. A quarter shows no disease, the rest one or two diseases that can
 * be told apart when they are together; devices are commoner on films taken in bed.
 */
record ChestPlan(View view, List<FindingLabel> findings) {
  private static final List<Finding> DISEASES = List.of(Finding.CARDIOMEGALY, Finding.EFFUSION, Finding.PNEUMOTHORAX,
      Finding.CONSOLIDATION, Finding.NODULE);
  /** What a film from the side shows without doubt. */
  private static final List<Finding> LATERAL = List.of(Finding.CARDIOMEGALY, Finding.EFFUSION, Finding.CONSOLIDATION,
      Finding.NODULE);

  static ChestPlan draw(Chance chance) {
    double kind = chance.unit();
    View view = kind < 0.5 ? View.PA : kind < 0.9 ? View.AP : View.LATERAL;
    double how = chance.unit();
    int count = how < 0.25 ? 0 : how < 0.72 || view == View.LATERAL ? 1 : 2;
    Set<Finding> diseases = EnumSet.noneOf(Finding.class);
    while (diseases.size() < count) {
      diseases.add(chance.of(view == View.LATERAL ? LATERAL : DISEASES));
    }
    List<FindingLabel> findings = new ArrayList<>();
    Side taken = Side.NONE;
    for (Finding disease : diseases) {
      // Air and fluid, or air and a full lung, on one side would change each other's looks.
      Side side = taken == Side.NONE ? chance.of(Side.RIGHT, Side.LEFT) : other(taken);
      boolean alone = !diseases.contains(Finding.PNEUMOTHORAX);
      findings.addAll(place(disease, view == View.LATERAL ? Side.NONE : side, alone, diseases, chance));
      taken = disease.sided() ? side : taken;
    }
    devices(view, chance, findings);
    return new ChestPlan(view, List.copyOf(findings));
  }

  private static List<FindingLabel> place(Finding disease, Side side, boolean alone, Set<Finding> with, Chance chance) {
    Extent extent = chance.of(Extent.SMALL, Extent.MODERATE, Extent.LARGE);
    boolean bigHeart = with.contains(Finding.CARDIOMEGALY) && side != Side.RIGHT;
    Zone zone = bigHeart ? chance.of(Zone.UPPER, Zone.MIDDLE) : chance.of(Zone.UPPER, Zone.MIDDLE, Zone.LOWER);
    return switch (disease) {
      case CARDIOMEGALY -> List.of(new FindingLabel(disease, Side.NONE, Zone.NONE, extent, 1));
      case EFFUSION -> side != Side.NONE && alone && with.size() == 1 && chance.happens(0.25)
          ? List.of(new FindingLabel(disease, Side.RIGHT, Zone.LOWER, extent, 1), new FindingLabel(disease, Side.LEFT,
              Zone.LOWER, extent, 1))
          : List.of(new FindingLabel(disease, side, Zone.LOWER, extent, 1));
      case PNEUMOTHORAX -> List.of(new FindingLabel(disease, side, Zone.UPPER, extent, 1));
      case CONSOLIDATION -> List.of(new FindingLabel(disease, side, zone, extent, 1));
      case NODULE -> List.of(new FindingLabel(disease, side, zone, extent, chance.of(1, 1, 1, 2, 3)));
      case TUBE, LINE -> throw new IllegalArgumentException(disease + " is no disease");
    };
  }

  private static void devices(View view, Chance chance, List<FindingLabel> findings) {
    boolean bed = view == View.AP;
    if (chance.happens(bed ? 0.35 : 0)) {
      findings.add(new FindingLabel(Finding.TUBE, Side.NONE, Zone.NONE, Extent.NONE, 1));
    }
    if (chance.happens(bed ? 0.4 : view == View.PA ? 0.08 : 0)) {
      findings.add(new FindingLabel(Finding.LINE, chance.of(Side.RIGHT, Side.LEFT), Zone.NONE, Extent.NONE, 1));
    }
  }

  private static Side other(Side side) {
    return side == Side.RIGHT ? Side.LEFT : Side.RIGHT;
  }

  /** Whether it shows this. */
  boolean has(Finding finding) {
    return findings.stream().anyMatch(label -> label.finding() == finding);
  }
}
