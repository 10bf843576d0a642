/** What a model consists of, as data: files, shapes, prompt, stop rules, image transform. */
@NullMarked
package org.clarion.models.manifest;

import org.jspecify.annotations.NullMarked;
