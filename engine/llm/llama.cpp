// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/llm/forward.h"
#include "engine/llm/generation.h"
#include "engine/llm/checkpoint.h"
#include "engine/llm/safetensors.h"
