package org.clarion.training.align;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.SkinTone;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Words;
import org.clarion.training.phantom.Zone;

/** Everything that labels may say of a picture, as a list of statements that hold or not. */
final class LabelList {
  private static final List<String> NAMES = names();

  private LabelList() {}

  /** How many statements there are. */
  static int size() {
    return NAMES.size();
  }

  /** The statements, in order. */
  static List<String> statements() {
    return NAMES;
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(List.of("chest", "skin", "distractor"));
    Stream.of(View.values()).map(View::name).forEach(names::add);
    for (Finding finding : Finding.values()) {
      String name = finding.name();
      names.add(name);
      Stream.of(Side.RIGHT, Side.LEFT).forEach(side -> names.add(name + side));
      Stream.of(Zone.UPPER, Zone.MIDDLE, Zone.LOWER).forEach(zone -> names.add(name + zone));
      Stream.of(Extent.SMALL, Extent.MODERATE, Extent.LARGE).forEach(extent -> names.add(name + extent));
      names.add(name + "several");
    }
    Stream.of(SkinTone.values()).map(tone -> "tone" + tone).forEach(names::add);
    Stream.of(Disease.values()).map(Disease::name).forEach(names::add);
    Stream.of(Concept.values()).map(concept -> "concept " + Words.label(concept)).forEach(names::add);
    return List.copyOf(names);
  }

  /** Numbers of the statements that hold. */
  static List<Integer> held(Labels labels) {
    Set<String> said = new TreeSet<>();
    switch (labels) {
      case Labels.Chest chest -> {
        said.add("chest");
        said.add(chest.view().name());
        chest.findings().forEach(finding -> add(finding, said));
      }
      case Labels.Skin skin -> {
        said.addAll(List.of("skin", skin.view().name(), "tone" + skin.tone(), skin.disease().name()));
        skin.concepts().forEach(concept -> said.add("concept " + Words.label(concept)));
      }
      case Labels.Distractor _ -> said.addAll(List.of("distractor", View.NONE.name()));
    }
    return IntStream.range(0, NAMES.size()).filter(i -> said.contains(NAMES.get(i))).boxed().toList();
  }

  private static void add(FindingLabel label, Set<String> said) {
    String name = label.finding().name();
    said.addAll(List.of(name, name + label.side(), name + label.zone(), name + label.extent()));
    if (label.count() > 1) {
      said.add(name + "several");
    }
  }
}
