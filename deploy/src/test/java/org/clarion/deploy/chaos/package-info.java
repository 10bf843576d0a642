@NullMarked
package org.clarion.deploy.chaos;

import org.jspecify.annotations.NullMarked;
