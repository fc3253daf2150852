/* Operators of domain com.microsoft, which files that ONNX Runtime has optimised are full of. */
#include "frontends/onnx/upgrade.h"

const sard_onnx_upgrade sard_onnx_microsoft[] = {
    {NULL, 0, NULL},
};
