/*
 * A stand-in for the NVIDIA management library. It exports NVML's symbols with NVML's types, so that the real calls are driven without a GPU.
 *
 * device 0  a healthy one: power changes every 167 ms and has no sample buffer, energy counts up, temperature fails now and then
 * device 1  answers FAKE_LOST_AFTER calls, then is lost
 * device 2  has sample buffers and no energy counter, and runs many processes
 *
 * nvmlDeviceGetEnforcedPowerLimit is not exported, as by an old driver.
 * -DFAKE_INIT=9 makes nvmlInit_v2 fail, -DFAKE_DEVICES=0 leaves no device, -DFAKE_BARE exports little more than the start.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>

#ifndef FAKE_INIT
#define FAKE_INIT 0
#endif
#ifndef FAKE_DEVICES
#define FAKE_DEVICES 3
#endif
#ifndef FAKE_LOST_AFTER
#define FAKE_LOST_AFTER 100
#endif

typedef int nvmlReturn_t;
typedef struct fake_device { int index; long calls; } *nvmlDevice_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
typedef struct { unsigned int pid; unsigned long long usedGpuMemory; unsigned int gpuInstanceId, computeInstanceId; } nvmlProcessInfo_t;
typedef union { double dVal; unsigned int uiVal; unsigned long ulVal; unsigned long long ullVal; signed long long sllVal; } nvmlValue_t;
typedef struct { unsigned long long timeStamp; nvmlValue_t sampleValue; } nvmlSample_t;

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, GPU_IS_LOST = 15, UNKNOWN = 999 };
enum { PROCESSES = 40, BUFFER = 120, SAMPLE_US = 100000 };

static struct fake_device devices[3] = {{0, 0}, {1, 0}, {2, 0}};

/* How often nvmlInit_v2 minus nvmlShutdown was called. */
int fake_open_sessions = 0;

nvmlReturn_t nvmlInit_v2(void)
{
    if (FAKE_INIT == 0)
    {
        fake_open_sessions++;
    }

    return FAKE_INIT;
}

nvmlReturn_t nvmlShutdown(void)
{
    fake_open_sessions--;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *count)
{
    *count = FAKE_DEVICES;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device)
{
    if (index >= FAKE_DEVICES)
    {
        return INVALID_ARGUMENT;
    }

    *device = &devices[index];
    return SUCCESS;
}

#ifndef FAKE_BARE
static unsigned long long microseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (unsigned long long)now.tv_sec * 1000000ULL + (unsigned long long)now.tv_nsec / 1000ULL;
}

static int answer(nvmlDevice_t device)
{
    device->calls++;
    return device->index == 1 && device->calls > FAKE_LOST_AFTER ? GPU_IS_LOST : SUCCESS;
}

const char *nvmlErrorString(nvmlReturn_t result)
{
    switch (result)
    {
        case 9: return "Driver Not Loaded";
        case NOT_SUPPORTED: return "Not Supported";
        case GPU_IS_LOST: return "GPU is lost";
        default: return "Unknown Error";
    }
}

nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned int length)
{
    snprintf(version, length, "999.12.34");
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length)
{
    (void)device;
    snprintf(name, length, "Fake GPU");
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length)
{
    snprintf(uuid, length, "GPU-%d", device->index);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory)
{
    memory->total = 80ULL << 30;
    memory->used = (10ULL + (unsigned long long)device->index) << 30;
    memory->free = memory->total - memory->used;
    return answer(device);
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *utilization)
{
    utilization->gpu = 75;
    utilization->memory = 25;
    return answer(device);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *milliwatts)
{
    /* Refreshes every 167 ms, however often it is asked. */
    *milliwatts = 300000U + (unsigned int)(microseconds(CLOCK_MONOTONIC) / 167000ULL % 1000ULL) * 10U;
    return answer(device);
}

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *millijoules)
{
    if (device->index == 2)
    {
        return NOT_SUPPORTED;
    }

    /* 100 W since long before the sampling, refreshed every 100 ms. */
    *millijoules = 5000000000ULL + microseconds(CLOCK_MONOTONIC) / 100000ULL * 10000ULL;
    return answer(device);
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, int type, unsigned int *megahertz)
{
    *megahertz = type == 1 ? 1980U : type == 2 ? 3201U : 0U;
    return answer(device);
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned int *celsius)
{
    *celsius = 61U + (unsigned int)sensor;
    return device->index == 0 ? UNKNOWN : answer(device);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long *reasons)
{
    *reasons = 0x4ULL;
    return answer(device);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos)
{
    if (device->index != 2)
    {
        *count = 0;
        return answer(device);
    }

    if (*count < PROCESSES)
    {
        *count = PROCESSES;
        return INSUFFICIENT_SIZE;
    }

    *count = PROCESSES;
    for (unsigned int i = 0; i < PROCESSES; i++)
    {
        /* Process 1001 is listed twice, for two compute instances; of process 1002 the driver does not know the memory. */
        infos[i].pid = i == 39 ? 1001U : 1000U + i;
        infos[i].usedGpuMemory = infos[i].pid == 1002U ? ~0ULL : 1000000ULL * (i + 1);
        infos[i].gpuInstanceId = 0xFFFFFFFFU;
        infos[i].computeInstanceId = 0xFFFFFFFFU;
    }

    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetSamples(nvmlDevice_t device, int type, unsigned long long seen, int *valueType, unsigned int *count, nvmlSample_t *samples)
{
    if (device->index != 2 || type > 1)
    {
        return NOT_SUPPORTED;
    }

    *valueType = 1;
    if (samples == NULL)
    {
        *count = BUFFER;
        return SUCCESS;
    }

    unsigned long long newest = microseconds(CLOCK_REALTIME) / SAMPLE_US;
    unsigned int found = 0;

    /* Newest first: the order of the driver's ring is not promised. */
    for (unsigned long long tick = newest; tick > newest - BUFFER && tick * SAMPLE_US > seen && found < *count; tick--)
    {
        memset(&samples[found], 0xFF, sizeof samples[found]);
        samples[found].timeStamp = tick * SAMPLE_US;
        samples[found].sampleValue.uiVal = type == 0 ? 200000U : (unsigned int)(tick % 2ULL) * 100U;
        found++;
    }

    *count = found;
    return found > 0 ? SUCCESS : NOT_FOUND;
}
#endif
