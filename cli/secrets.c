/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the process's memory to itself. */
#include "cli/secrets.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define SECURE_HEAP_SIZE ((size_t)256 << 10)
#define SECURE_BLOCK_SIZE 32

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size == 0 ? 1 : size);
}

static void wipe_and_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    if (block == NULL)
        return;
    explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

static void *reallocate(void *block, size_t size, const char *file, int line)
{
    if (size == 0) {
        wipe_and_free(block, file, line);
        return NULL;
    }
    void *larger = malloc(size);
    if (larger == NULL || block == NULL)
        return larger;
    size_t old_size = malloc_usable_size(block);
    memcpy(larger, block, old_size < size ? old_size : size);
    wipe_and_free(block, file, line);
    return larger;
}

void wb_secrets_begin(void)
{
    /* Each of these is one more wall; none is worth failing for where the system forbids it. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    /* The leak check of AddressSanitizer traces the process. */
    if (!UNDER_SANITIZER)
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)CRYPTO_set_mem_functions(allocate, reallocate, wipe_and_free);
    (void)CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_BLOCK_SIZE);
}
