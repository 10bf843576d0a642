/** Makes a folder of a model that starts without packing its weights. */
@NullMarked
package org.clarion.deploy.convert;

import org.jspecify.annotations.NullMarked;
