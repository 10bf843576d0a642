package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.clarion.models.grammar.OutputFormat;
import org.clarion.rpc.SplitMix64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults put into the core on purpose, one at a time: the test that is named with each has to fail. The core is
 * compiled anew with the fault and loaded beside the sound one, with the same tests.
 */
class MutationTest {
  private static final Path SOURCES = Path.of("src/main/java/org/clarion/scheduler/core");

  /**
   * A fault, and who notices.
   *
   * @param test
   *          class and method
   * @param seed
   *          the method's argument; 0 for one without
   */
  record Fault(String name, String file, String sound, String faulty, String test, long seed) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Fault> faults() {
    return List.of(
        new Fault("an extent is leaked", "Scheduler.java",
            "      books.cache.free(extent);\n    }\n    images.release(sequence.images);\n    events.add(",
            "    }\n    images.release(sequence.images);\n    events.add(", "FairnessTest.aFailureGivesEverythingBack",
            0),
        new Fault("an image reference is leaked", "Scheduler.java",
            "    images.release(sequence.images);\n    return new SchedulerEvent.Finished(",
            "    return new SchedulerEvent.Finished(", "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("an image is not charged", "Planning.java", "newImages * FairQueue.IMAGE_COST", "0 * newImages",
            "FairnessTest.everythingIsCharged", 0),
        new Fault("cached positions are free", "Planning.java", "(long) room.cached() * FairQueue.CACHED_COST", "0",
            "FairnessTest.everythingIsCharged", 0),
        new Fault("prefill starves", "Planning.java", "    prefilling.forEach(this::prefill);",
            "    if (rows.isEmpty()) {\n      prefilling.forEach(this::prefill);\n    }",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("a decode is left out", "Planning.java", "    if (sequence.state() != SequenceState.DECODE) {",
            "    if (sequence.state() != SequenceState.DECODE || (books.step % 7 == 0 && sequence.id % 2 == 0)) {",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("the budget is exceeded", "Planning.java", "    budget -= count;", "    budget -= count - 1;",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("idling earns credit", "ClassQueue.java",
            "      tenant.virtual = Math.max(tenant.virtual, present());\n      heap.add(tenant);",
            "      heap.add(tenant);", "FairnessTest.idlingEarnsNothing", 0),
        new Fault("weights are ignored", "ClassQueue.java", "cost * UNIT * 1000 / tenant.weight", "cost * UNIT",
            "FairnessTest.weightsAreHonoured", 1),
        new Fault("stat has no quota", "FairQueue.java", "(clinical == ClinicalClass.STAT ? 100 * cost : 0)", "0",
            "FairnessTest.aStatFloodLeavesTheRestItsShares", 0),
        new Fault("stat waits like everybody", "FairQueue.java", "    return quota > 0;", "    return quota > burst;",
            "DifferentialTest.plansAreThoseOfTheReference", 1),
        new Fault("a class starves", "FairQueue.java", "line.virtual += cost * ClassQueue.UNIT / line.share;",
            "line.virtual += clinical == ClinicalClass.BATCH ? cost * ClassQueue.UNIT : 0;",
            "FairnessTest.batchNeverStarves", 1),
        new Fault("the heap is wrong", "TenantHeap.java", "at(child + 1).before(at(child))",
            "at(child).before(at(child + 1))", "DifferentialTest.plansAreThoseOfTheReference", 1),
        new Fault("the passed over are lost", "Planning.java", "    books.queue.restore();\n", "",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("the pace is ignored", "Planning.java",
            "      budget = Math.min(budget, Math.max((int) tokens, floor));", "",
            "PaceAndForecastTest.paceIsKeptOnSlowAndFastMachines", 0),
        new Fault("timeouts are forgotten", "Waits.java", "      if (now - end(sequence) < 0) {",
            "      if (now - end(sequence) < Long.MAX_VALUE / 2) {",
            "PaceAndForecastTest.whatWaitsLongerThanItsOwnTimeEndsInTheQueue", 0),
        new Fault("a report counts twice", "TenantCounters.java", "given.total() - before;", "given.total();",
            "TenantCountersTest.whatIsLostRepeatedOrLateCountsOnce", 1),
        new Fault("a copy is taken beside its source", "KvCache.java", "cached, match.extent(), extent));",
            "cached, new Extent(Math.max(match.extent().offset() - 1, 0), match.extent().length()), extent));",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("tenants share what is parked", "Prefixes.java",
            "byTenant.getOrDefault(session.tenant(), NOBODY)",
            "byTenant.values().stream().flatMap(java.util.Collection::stream).toList()",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("tenants share what runs", "Prefixes.java", "running.tenant().equals(session.tenant()) && ", "",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("a source is given up before its copy", "KvCache.java",
            "match == null || !present(match.parked()) ? 0", "match == null ? 0",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("what runs does not know that it moved", "KvCache.java", "    sequence.extent = to;\n", "",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("a granted row stays behind", "Scheduler.java", "planning.placed()", "planning.rows",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("a move is not told", "KvCache.java",
            "      copy(new StepPlan.Fork(0, 0, 0, resting.computed, extent, to));\n", "",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("nothing is copied", "KvCache.java", "    if (fork.count() > 0) {", "    if (fork.count() >= 0) {",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("steps in flight are forgotten by a move", "KvCache.java",
            "Math.min(sequence.reach(), Math.min(",
            "Math.min(sequence.computed, Math.min(",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("drafts in flight are forgotten by a move", "Sequence.java", "    return planned + ahead;",
            "    return planned;", "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("an answer grows without room", "Growth.java", "        && extent.length() < sequence.reachNext();",
            "        && extent.length() < 0;", "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("what grows elsewhere is not copied", "KvCache.java",
            "    tellMoved(sequence, from, to);\n    arena.free(",
            "    residents.remove(from.offset());\n    residents.put(to.offset(), sequence);\n    sequence.extent = to;\n    arena.free(",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("a promise is not taken back", "KvCache.java", "      promised -= left.needed();\n", "",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("a place may be lost without end", "Growth.java", " && sequence.displaced < MAX_DISPLACED;", ";",
            "GrowthTest.nobodyLosesItsPlaceWithoutEnd", 0),
        new Fault("who wastes most loses its place", "Growth.java", ".thenComparingInt(Sequence::wasted)",
            ".thenComparingInt(s -> -s.wasted())", "GrowthTest.whoWastesLeastLosesItsPlace", 0),
        new Fault("a draft is taken for a choice", "Scheduler.java",
            "    for (int token : sampled.more()) {\n",
            "    for (int token : java.util.Arrays.copyOf(sampled.more(), sampled.drafted())) {\n",
            "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("what follows the end is kept", "Scheduler.java",
            "      if (sequence.ended()) {\n        return;\n      }\n      books.charge(",
            "      books.charge(", "SchedulerRandomTest.everyAnswerIsTheModels", 1),
        new Fault("accepted drafts are free", "Scheduler.java",
            "      books.charge(sequence, 1, FairQueue.DECODE_COST);\n", "",
            "SpeculationTest.whatIsKeptIsCharged", 0),
        new Fault("drafts go on though they do not pay", "DraftGain.java", "      if (gain() < 1) {",
            "      if (gain() < 0) {", "SpeculationTest.whatDoesNotPayStopsAndIsTriedAgain", 0),
        new Fault("tenants draft from each other", "Prefixes.java", "byTenant.getOrDefault(tenant, NOBODY).reversed()",
            "byTenant.values().stream().flatMap(java.util.Collection::stream).toList()",
            "SpeculationTest.nobodyDraftsFromAnotherTenant", 0),
        new Fault("moves overwrite each other", "Compaction.java", "moves.add(new Move(extent, kept[index], to));",
            "moves.addFirst(new Move(extent, kept[index], to));", "CompactionTest.everyCellIsKeptAndTheHoleIsThere",
            1));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsNoticed(Fault fault, @TempDir Path folder) {
    assertThatThrownBy(() -> run(fault, folder)).as("%s has to notice", fault.test)
        .isInstanceOf(InvocationTargetException.class)
        .cause().isNotInstanceOf(LinkageError.class);
  }

  @Test
  void withoutAFaultNothingIsNoticed(@TempDir Path folder) throws Exception {
    run(new Fault("none", "Planning.java", "    budget -= count;", "    budget -= count;",
        "FairnessTest.everythingIsCharged", 0), folder);
  }

  /** Runs the fault's test on the faulty core. */
  private static void run(Fault fault, Path folder) throws Exception {
    compile(fault, folder);
    try (URLClassLoader faulty = new ChildFirst(folder.toUri())) {
      String[] place = fault.test.split("\\.", -1);
      Class<?> test = faulty.loadClass("org.clarion.scheduler.core." + place[0]);
      Constructor<?> constructor = test.getDeclaredConstructor();
      constructor.setAccessible(true);
      Method method = Stream.of(test.getDeclaredMethods()).filter(m -> m.getName().equals(place[1])).findAny()
          .orElseThrow();
      method.setAccessible(true);
      method.invoke(constructor.newInstance(), fault.seed == 0 ? new Object[0] : new Object[]{fault.seed});
    }
  }

  private static void compile(Fault fault, Path folder) throws IOException {
    Path copies = Files.createDirectories(folder.resolve("sources"));
    List<Path> files = new ArrayList<>();
    try (Stream<Path> sources = Files.list(SOURCES)) {
      for (Path source : sources.toList()) {
        String text = Files.readString(source);
        String name = source.getFileName().toString();
        if (name.equals(fault.file)) {
          assertThat(text.split(Pattern.quote(fault.sound), -1)).as("where %s is put into %s", fault, name)
              .hasSize(2);
          text = text.replace(fault.sound, fault.faulty);
        }
        files.add(Files.writeString(copies.resolve(name), text));
      }
    }
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "no compiler in this JVM");
    StringWriter messages = new StringWriter();
    String libraries = Stream.of(Scheduler.class, Nullable.class, OutputFormat.class, SplitMix64.class)
        .map(type -> place(type).toString()).collect(Collectors.joining(File.pathSeparator));
    try (var manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled = compiler.getTask(messages, manager, null,
          List.of("-proc:none", "-nowarn", "-d", folder.toString(), "-cp", libraries), null,
          manager.getJavaFileObjectsFromPaths(files)).call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  private static Path place(Class<?> type) {
    return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
  }

  /** The core with its tests, apart from the one that everybody else sees. */
  private static final class ChildFirst extends URLClassLoader {
    ChildFirst(URI folder) throws IOException {
      super(new URL[]{folder.toURL(), MutationTest.class.getProtectionDomain().getCodeSource().getLocation()},
          MutationTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("org.clarion.scheduler.core.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }
}
