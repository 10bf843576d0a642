package org.clarion.engine.script;

import java.util.regex.Pattern;

/**
 * Where a program keeps its tensors and computes.
 *
 * @param name
 *          as libtorch spells it: {@code cpu}, {@code cuda}, {@code cuda:1}
 */
public record Device(String name) {
  private static final Pattern NAME = Pattern.compile("cpu|cuda(:\\d{1,2})?");

  /** The processor. */
  public static final Device CPU = new Device("cpu");

  private static final String PROGRAM = """
      class DeviceProbe(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool

        def __getstate__(self: __torch__.DeviceProbe) -> int:
          return 0

        def __setstate__(self: __torch__.DeviceProbe, state: int) -> NoneType:
          self.training = False
          return None

        def reach(self: __torch__.DeviceProbe, device: str) -> Tensor:
          return torch.add(torch.ones([1], device=torch.device(device)), 1).cpu()
      """;

  /**
   * A device by its name.
   *
   * @throws IllegalArgumentException
   *           when it is none of {@code cpu}, {@code cuda} and {@code cuda:N}
   */
  public Device {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("device is '" + name + "', not cpu, cuda or cuda:N");
    }
  }

  /** Whether it is a GPU. */
  public boolean cuda() {
    return !equals(CPU);
  }

  /** A GPU's number; 0 where the name has none. */
  public int index() {
    int colon = name.indexOf(':');
    return colon < 0 ? 0 : Integer.parseInt(name.substring(colon + 1));
  }

  /**
   * Makes sure that it can be computed on. The calling thread has one intra-op thread afterwards.
   *
   * @throws EngineStartException
   *           when libtorch has no CUDA or finds no such GPU
   */
  public void require() {
    if (!cuda()) {
      return;
    }
    try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1)) {
      module.callForFloats("reach", name);
    } catch (RuntimeException e) {
      String reason = String.valueOf(e.getMessage()).lines().filter(line -> !line.isBlank()).reduce((_, last) -> last)
          .orElse("no reason given");
      throw new EngineStartException("device " + name + " cannot be used: this libtorch has no CUDA, or sees no such "
          + "GPU; set PYTORCH_LIBRARY_PATH to the lib folder of a libtorch 2.7.1 with CUDA (" + reason.strip() + ")",
          e);
    }
  }
}
