/** What several commands do with files. */
@NullMarked
package org.clarion.deploy.files;

import org.jspecify.annotations.NullMarked;
