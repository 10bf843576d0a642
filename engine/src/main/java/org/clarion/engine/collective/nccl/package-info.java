/** All-reduce between GPUs by NVIDIA's NCCL library. Untested on a GPU: none was at hand. */
@NullMarked
package org.clarion.engine.collective.nccl;

import org.jspecify.annotations.NullMarked;
