/** What serving costs beside the arithmetic: a cluster whose engine answers at once, and clocks around it. */
@NullMarked
package org.clarion.deploy.bench;

import org.jspecify.annotations.NullMarked;
