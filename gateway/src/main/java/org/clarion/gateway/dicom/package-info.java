/**
 * DICOM files to 8-bit pictures: a reader of its own for data sets, windows and lookup tables, with codecs of other
 * makers for JPEG. Pure functions of bytes; no threads, no files, no logs. Nothing here puts a value of an identifying
 * attribute into a message.
 */
@NullMarked
package org.clarion.gateway.dicom;

import org.jspecify.annotations.NullMarked;
