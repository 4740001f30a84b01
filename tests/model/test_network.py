"""The network computes the same whether it is training or answering, forwards and backwards."""

import torch
from torch.nn import functional as F

from sketchpose.model.network import Conv


def test_a_strided_depthwise_convolution_is_the_same_in_training() -> None:
    # In float64: what another order of the sums changes, which is the processor's, lies far below the tolerance.
    torch.manual_seed(0)
    conv = Conv(6, 6, 3, 2, groups=6, act=torch.nn.ReLU6()).double()
    images = torch.randn(2, 6, 16, 12, requires_grad=True, dtype=torch.float64)
    expected = torch.nn.functional.relu6(F.conv2d(F.pad(images, (0, 1, 0, 1)), conv.weight, conv.bias, 2, groups=6))
    wanted = torch.autograd.grad(expected.square().sum(), (images, conv.weight))

    trained = conv.train()(images)
    found = torch.autograd.grad(trained.square().sum(), (images, conv.weight))

    torch.testing.assert_close(trained, expected)
    torch.testing.assert_close(conv.eval()(images), expected)
    torch.testing.assert_close(found, wanted)
