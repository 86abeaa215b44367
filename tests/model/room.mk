# make model: see tests/model/run. Each model says in its head what it is of.
EXTRA_DIST += tests/model/backpressure.pml
EXTRA_DIST += tests/model/children.pml
EXTRA_DIST += tests/model/delivery.pml
EXTRA_DIST += tests/model/kept.pml
EXTRA_DIST += tests/model/model.h
EXTRA_DIST += tests/model/readack.pml
EXTRA_DIST += tests/model/run

.PHONY: model
model:
	$(srcdir)/tests/model/run
