"""What made the first model folder: the published MoveNet, read from TensorFlow.js; estimating needs none of it."""
