@NullMarked
package org.clarion.training.phantom.file;

import org.jspecify.annotations.NullMarked;
