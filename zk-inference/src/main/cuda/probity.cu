// Everything that runs on a card, as one module.
#include "model.cuh"
#include "msm.cuh"
#include "opening.cuh"
#include "sumcheck.cuh"
#include "vectors.cuh"
