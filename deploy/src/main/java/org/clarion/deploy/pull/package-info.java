/** Getting a model's files into the user's cache. */
@NullMarked
package org.clarion.deploy.pull;

import org.jspecify.annotations.NullMarked;
