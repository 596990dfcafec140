// Zephyr's way to it.
#pragma once
#include "cmsis.h"
