package org.clarion.deploy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** A class's package says {@code @NullMarked}, without which NullAway looks away. */
final class BeInNullMarkedPackage extends ArchCondition<JavaClass> {
  static final BeInNullMarkedPackage INSTANCE = new BeInNullMarkedPackage();

  private BeInNullMarkedPackage() {
    super("be in a package that is @NullMarked");
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    if (type.getPackage().tryGetAnnotationOfType(NullMarked.class).isEmpty()) {
      events.add(SimpleConditionEvent.violated(type, type.getName() + " is in package " + type.getPackageName()
          + ", whose package-info.java lacks @NullMarked"));
    }
  }
}
