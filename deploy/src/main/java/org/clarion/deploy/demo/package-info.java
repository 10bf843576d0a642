/** The demonstration: one question about one picture, answered by a running cluster. */
@NullMarked
package org.clarion.deploy.demo;

import org.jspecify.annotations.NullMarked;
