@NullMarked
package org.clarion.engine.collective.nccl;

import org.jspecify.annotations.NullMarked;
