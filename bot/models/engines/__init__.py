"""The engines that run models, or reach those that run elsewhere."""
