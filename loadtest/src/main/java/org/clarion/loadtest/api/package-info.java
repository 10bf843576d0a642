/** What a load test is told and what it reports. */
@NullMarked
package org.clarion.loadtest.api;

import org.jspecify.annotations.NullMarked;
