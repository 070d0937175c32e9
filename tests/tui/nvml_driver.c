/* A stand-in for NVIDIA's driver library, with the calls and structures of nvml.h that the strip asks for:
   card 0 answers everything, card 1 neither its load nor its power. */
#include <string.h>

enum { SUCCESS = 0, INVALID = 2, NOT_SUPPORTED = 3 };
typedef struct { unsigned int gpu, memory; } Utilization;
typedef struct { unsigned long long total, free, used; } Memory;
typedef const int *Card;

static const int cards[2] = {0, 1};
static const unsigned long long GIB = 1ull << 30;

int nvmlInitWithFlags(unsigned int flags) { return flags == 0 ? SUCCESS : INVALID; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return SUCCESS; }

int nvmlDeviceGetHandleByIndex_v2(unsigned int at, Card *card) {
    if (at > 1) return INVALID;
    *card = &cards[at];
    return SUCCESS;
}

int nvmlDeviceGetName(Card card, char *name, unsigned int length) {
    strncpy(name, *card ? "Quiet card" : "NVIDIA GeForce GTX 1050 Ti", length);
    return SUCCESS;
}

int nvmlDeviceGetUUID(Card card, char *uuid, unsigned int length) {
    strncpy(uuid, *card ? "GPU-00000000-0000-0000-0000-000000000001" : "GPU-00000000-0000-0000-0000-000000000000", length);
    return SUCCESS;
}

int nvmlDeviceGetUtilizationRates(Card card, Utilization *rates) {
    if (*card) return NOT_SUPPORTED;
    *rates = (Utilization){98, 40};
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(Card card, Memory *memory) {
    unsigned long long used = *card ? GIB : 3 * GIB;
    *memory = (Memory){4 * GIB, 4 * GIB - used, used};
    return SUCCESS;
}

int nvmlDeviceGetTemperature(Card card, unsigned int sensor, unsigned int *celsius) {
    if (sensor != 0) return INVALID;
    *celsius = *card ? 44 : 71;
    return SUCCESS;
}

int nvmlDeviceGetPowerUsage(Card card, unsigned int *milliwatts) {
    if (*card) return NOT_SUPPORTED;
    *milliwatts = 68400;
    return SUCCESS;
}
