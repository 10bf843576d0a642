/** Pictures with reports: the layouts that data sets come in, their bad rows, and the cleaning of reports. */
@NullMarked
package org.clarion.training.data;

import org.jspecify.annotations.NullMarked;
