package org.clarion.deploy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction;
import java.time.Instant;

/**
 * The module table of docs/architecture.md as rules: who may see whom, who may see which framework, and that every
 * package named {@code core} is pure.
 */
@AnalyzeClasses(packages = "org.clarion", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
  private static final String PROTO = "org.clarion.proto..";
  private static final String RPC = "org.clarion.rpc..";
  private static final String MODELS = "org.clarion.models..";
  private static final String ENGINE = "org.clarion.engine..";
  private static final String VISION = "org.clarion.vision..";
  private static final String LLM = "org.clarion.llm..";
  private static final String SCHEDULER = "org.clarion.scheduler..";
  private static final String GATEWAY = "org.clarion.gateway..";
  private static final String LOADTEST = "org.clarion.loadtest..";
  private static final String TRAINING = "org.clarion.training..";
  private static final String DEPLOY = "org.clarion.deploy..";

  @ArchTest
  static final ArchRule rpcSeesOnlyProto = module(RPC, MODELS, ENGINE, VISION, LLM, SCHEDULER, GATEWAY, LOADTEST,
      TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule modelsStandAlone = module(MODELS, PROTO, RPC, ENGINE, VISION, LLM, SCHEDULER, GATEWAY, LOADTEST,
      TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule engineSeesOnlyModels = module(ENGINE, PROTO, RPC, VISION, LLM, SCHEDULER, GATEWAY, LOADTEST,
      TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule visionWorkerSeesTheEngine = module(VISION, LLM, SCHEDULER, GATEWAY, LOADTEST, TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule llmWorkerSeesTheEngine = module(LLM, VISION, SCHEDULER, GATEWAY, LOADTEST, TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule schedulerNeverSeesTheEngine = module(SCHEDULER, ENGINE, VISION, LLM, GATEWAY, LOADTEST,
      TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule gatewayNeverSeesTheEngine = module(GATEWAY, ENGINE, VISION, LLM, SCHEDULER, LOADTEST,
      TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule loadtestStandsAlone = module(LOADTEST, PROTO, RPC, MODELS, ENGINE, VISION, LLM, SCHEDULER,
      GATEWAY, TRAINING, DEPLOY);
  @ArchTest
  static final ArchRule trainingSeesTheEngine = module(TRAINING, PROTO, RPC, VISION, LLM, SCHEDULER, GATEWAY, LOADTEST,
      DEPLOY);

  @ArchTest
  static final ArchRule onlyRpcSeesGrpc = noClasses().that()
      .resideOutsideOfPackages("..rpc..", "..app..", PROTO, DEPLOY)
      .should().dependOnClassesThat().resideInAPackage("io.grpc..").because(
          "transport belongs to packages named rpc; app packages wire it");
  @ArchTest
  static final ArchRule onlyClusterSeesHazelcast = noClasses().that().resideOutsideOfPackage("..cluster..").should()
      .dependOnClassesThat().resideInAPackage("com.hazelcast..").because(
          "shared state sits behind interfaces with an in-memory twin");
  @ArchTest
  static final ArchRule onlyTheEngineSeesTensors = noClasses().that().resideOutsideOfPackages(ENGINE, MODELS).should()
      .dependOnClassesThat().resideInAPackage("ai.djl..").because("only the engine touches tensors");
  @ArchTest
  static final ArchRule modelsSeeNothingOfDjlButTokenizers = noClasses().that().resideInAPackage(MODELS).should()
      .dependOnClassesThat(in("ai.djl", "ai.djl.huggingface.tokenizers")).because("models has no tensor library");

  @ArchTest
  static final ArchRule coreHasNoThreads = core("java.util.concurrent..").because(
      "core is driven by one owner; who that is, is not its business");
  @ArchTest
  static final ArchRule coreHasNoInputOrOutput = noClasses().that().resideInAPackage("..core..").should()
      .dependOnClassesThat().resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..").orShould()
      .dependOnClassesThat(ioOtherThanExceptions()).because("core is pure");
  @ArchTest
  static final ArchRule coreHasNoClock = noClasses().that().resideInAPackage("..core..").should().callMethod(
      System.class, "nanoTime").orShould().callMethod(System.class, "currentTimeMillis").orShould()
      .dependOnClassesThat().haveFullyQualifiedName("java.time.Clock").orShould().callMethod(Instant.class,
          "now")
      .orShould().callMethod(Thread.class, "sleep", long.class).orShould().dependOnClassesThat()
      .haveFullyQualifiedName("java.lang.Thread").because("time is an argument");
  @ArchTest
  static final ArchRule coreHasNoFrameworks = core("io.grpc..", "com.hazelcast..", "ai.djl..", "com.linecorp..",
      "io.netty..", "io.micrometer..", "org.slf4j..").because("core is pure");

  @ArchTest
  static final ArchRule noCyclesInside = slices().matching("org.clarion.(*).(*)..").should().beFreeOfCycles();
  @ArchTest
  static final ArchRule noJavaLogging = noClasses().that().resideOutsideOfPackage(DEPLOY).should().dependOnClassesThat()
      .resideInAPackage("java.util.logging..").because("logs go through SLF4J");
  @ArchTest
  static final ArchRule everythingIsNullMarked = classes().that().resideInAPackage("org.clarion..").and()
      .resideOutsideOfPackage(PROTO).and().areTopLevelClasses().and().doNotHaveSimpleName("package-info").should(
          BeInNullMarkedPackage.INSTANCE);

  private static ArchRule module(String module, String... forbidden) {
    return noClasses().that().resideInAPackage(module).should().dependOnClassesThat().resideInAnyPackage(forbidden)
        .allowEmptyShould(true);
  }

  private static ClassesShouldConjunction core(String... forbidden) {
    return noClasses().that().resideInAPackage("..core..").should().dependOnClassesThat().resideInAnyPackage(forbidden);
  }

  private static DescribedPredicate<JavaClass> in(String root, String except) {
    return DescribedPredicate.describe("reside in " + root + " outside " + except, type -> type
        .getPackageName().startsWith(root + ".") && !type.getPackageName().startsWith(except));
  }

  private static DescribedPredicate<JavaClass> ioOtherThanExceptions() {
    return DescribedPredicate.describe("do input or output", type -> type.getPackageName().equals(
        "java.io") && !type.isAssignableTo(Exception.class) && !type.getName().equals("java.io.Serializable"));
  }
}
