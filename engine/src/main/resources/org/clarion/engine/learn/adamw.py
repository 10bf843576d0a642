# AdamW: weight decay apart from the gradient's moments (Loshchilov and Hutter, 2019). Tensors are made by Java.
class AdamW(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  parameters : List[Tensor]
  gradients : List[Tensor]
  first_moments : List[Tensor]
  second_moments : List[Tensor]
  decays : List[float]

  def __getstate__(self: __torch__.AdamW) -> int:
    return 0

  def __setstate__(self: __torch__.AdamW, state: int) -> NoneType:
    self.training = False
    self.parameters = annotate(List[Tensor], [])
    self.gradients = annotate(List[Tensor], [])
    self.first_moments = annotate(List[Tensor], [])
    self.second_moments = annotate(List[Tensor], [])
    self.decays = annotate(List[float], [])
    return None

  def add(self: __torch__.AdamW, parameter: Tensor, gradient: Tensor, first_moment: Tensor, second_moment: Tensor,
          decay: float) -> NoneType:
    torch.requires_grad_(parameter, True)
    self.parameters.append(parameter)
    self.gradients.append(gradient)
    self.first_moments.append(first_moment)
    self.second_moments.append(second_moment)
    self.decays.append(decay)
    return None

  # Adds the gradients of loss * share to those that are there; the loss.
  def record_collect(self: __torch__.AdamW, loss: Tensor, share: Tensor) -> Tensor:
    found = torch.grad([torch.mul(loss, share)], self.parameters, None, None, False, True)
    torch.set_grad_enabled(False)
    for i in range(len(self.parameters)):
      g = found[i]
      if g is not None:
        torch.add_(self.gradients[i], unchecked_cast(Tensor, g))
    torch.set_grad_enabled(True)
    return loss.detach()

  # Euclidean length of all gradients together; not a number when one of them is not.
  def length(self: __torch__.AdamW) -> Tensor:
    squares = torch.zeros([], dtype=7)
    for i in range(len(self.gradients)):
      squares = torch.add(squares, torch.sum(torch.mul(self.gradients[i], self.gradients[i])).to(7))
    return torch.sqrt(squares).to(6)

  # steps: how many there have been with this one.
  def step(self: __torch__.AdamW, rate: float, steps: int, beta1: float, beta2: float, eps: float,
           scale: float) -> NoneType:
    first_left = 1. - beta1 ** float(steps)
    second_left = 1. - beta2 ** float(steps)
    for i in range(len(self.parameters)):
      p = self.parameters[i]
      g = torch.mul_(self.gradients[i], scale)
      torch.mul_(p, 1. - rate * self.decays[i])
      m = torch.add_(torch.mul_(self.first_moments[i], beta1), g, alpha=1. - beta1)
      v = torch.addcmul_(torch.mul_(self.second_moments[i], beta2), g, g, value=1. - beta2)
      spread = torch.add_(torch.div(torch.sqrt(v), second_left ** 0.5), eps)
      torch.addcdiv_(p, m, spread, value=-rate / first_left)
    self.clear()
    return None

  def clear(self: __torch__.AdamW) -> NoneType:
    for i in range(len(self.gradients)):
      torch.zero_(self.gradients[i])
    return None

  # What a checkpoint held of one parameter.
  def restore(self: __torch__.AdamW, index: int, parameter: Tensor, first_moment: Tensor,
              second_moment: Tensor) -> NoneType:
    torch.copy_(self.parameters[index], parameter)
    torch.copy_(self.first_moments[index], first_moment)
    torch.copy_(self.second_moments[index], second_moment)
    return None
