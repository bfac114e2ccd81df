"""
Learning curves
===============

Loss and accuracy after each epoch, on the rows that train and on the rows that are held out. While both losses fall,
the network learns what carries over. Once only the training loss falls, it learns the training rows by heart. Training
stops then, and the weights of the best epoch are kept.

The data are 1797 handwritten digits of 8 × 8 pixels, which come with scikit-learn.
"""

import matplotlib.pyplot as plt

from clearprop import TableClassifier

model = TableClassifier(hidden=(64,), random_state=0).fit("digits")
history, best = model.history_, model.facts_.best_epoch

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for axes, figure_of, title in ((left, "loss", "loss"), (right, "metric", "accuracy")):
    axes.plot(history["epoch"], history[figure_of], label="training")
    axes.plot(history["epoch"], history[f"validation_{figure_of}"], label="validation")
    axes.axvline(best, color="gray", linestyle=":", label="kept")
    axes.set(xlabel="epoch", title=title)
left.set_yscale("log")
right.legend()
plt.show()
