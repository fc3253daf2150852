/* Opening and mapping (or reading) a model file. */
#include "frontends/onnx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this it isn't worth a call of the system. */
#define LEAST_RELEASED 65536

/* The elements of a file that others may change or cut off. */
static sard_status copy_file(sard_onnx_file *file, int fd, const char *what, size_t size, const uint8_t **bytes, sard_error *error)
{
    uint8_t *copy = sard_arena_tensor(&file->arena, size);
    if (!copy)
        return sard_fail(error, SARD_NOMEM, "%s: no memory for %zu bytes", what, size);
    for (size_t at = 0; at < size;) {
        const ssize_t count = read(fd, copy + at, size - at);
        if (count == 0 || (count < 0 && errno != EINTR))
            return sard_fail(error, SARD_IO, "%s: can't be read: %s", what, count ? strerror(errno) : "it became shorter");
        at += count > 0 ? (size_t)count : 0;
    }
    *bytes = copy;
    return SARD_OK;
}

sard_status sard_onnx_map_file(sard_onnx_file *file, int fd, const char *what, const uint8_t **bytes, size_t *size, sard_error *error)
{
    const uint64_t limit = file->file_bytes;
    struct stat info;
    *bytes = NULL;
    *size = 0;
    if (fstat(fd, &info))
        return sard_fail(error, SARD_IO, "%s: %s", what, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return sard_fail(error, SARD_IO, "%s: is %s", what, S_ISDIR(info.st_mode) ? "a folder" : "no regular file");
    if ((uint64_t)info.st_size > limit || (uint64_t)info.st_size > SIZE_MAX)
        return sard_fail(error, SARD_LIMIT, "%s: has %" PRIu64 " bytes, at most %" PRIu64, what, (uint64_t)info.st_size, limit);
    if (!info.st_size)
        return SARD_OK;
    *size = (size_t)info.st_size;
    if (file->how & SARD_READ_COPY)
        return copy_file(file, fd, what, *size, bytes, error);
    void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return sard_fail(error, errno == ENOMEM ? SARD_NOMEM : SARD_IO, "%s: can't be mapped: %s", what, strerror(errno));
    *bytes = map;
    return SARD_OK;
}

static sard_status new_file(const sard_limits *limits, const sard_allocator *allocator, sard_onnx_file **out, sard_error *error)
{
    const sard_allocator *from = allocator ? allocator : &sard_allocator_libc;
    sard_onnx_file *file = from->alloc(from->user, sizeof *file);
    if (!file)
        return sard_no_memory(error);
    *file = (sard_onnx_file){.origin = {&sard_frontend_onnx}, .allocator = *from, .file_bytes = limits->file_bytes};
    sard_arena_init(&file->arena, &file->allocator);
    *out = file;
    return SARD_OK;
}

static sard_status map_model(sard_onnx_file *file, const char *path, sard_error *error)
{
    const char *slash = strrchr(path, '/');
    file->folder = slash ? sard_arena_string(&file->arena, path, (size_t)(slash - path) + 1) : sard_arena_string(&file->arena, ".", 1);
    if (!file->folder)
        return sard_no_memory(error);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return sard_fail(error, SARD_IO, "can't be opened: %s", strerror(errno));
    struct stat info;
    const sard_status status = sard_onnx_map_file(file, fd, "the file", &file->bytes, &file->size, error);
    if (!status && !fstat(fd, &info)) {
        file->device = info.st_dev;
        file->inode = info.st_ino;
    }
    close(fd);
    file->mapped = file->bytes && !(file->how & SARD_READ_COPY);
    return status;
}

sard_onnx_role sard_onnx_role_of(const sard_onnx_file *file, const char *path)
{
    struct stat info;
    if (!file || stat(path, &info))
        return SARD_ONNX_STRANGER;
    if (file->inode && file->device == info.st_dev && file->inode == info.st_ino)
        return SARD_ONNX_MODEL;
    for (const sard_onnx_map *map = file->maps; map; map = map->next)
        if (map->device == info.st_dev && map->inode == info.st_ino)
            return SARD_ONNX_DATA;
    return SARD_ONNX_STRANGER;
}

sard_status sard_onnx_open(const char *path, unsigned how, const sard_limits *limits, const sard_allocator *allocator, sard_onnx_file **out,
                           sard_error *error)
{
    sard_onnx_file *file;
    sard_status status = new_file(limits, allocator, &file, error);
    if (status)
        return status;
    file->how = how;
    status = map_model(file, path, error);
    if (status)
        sard_onnx_close(file);
    else
        *out = file;
    return status;
}

sard_status sard_onnx_open_memory(const void *bytes, size_t size, const sard_limits *limits, const sard_allocator *allocator,
                                  sard_onnx_file **out, sard_error *error)
{
    if (size > limits->file_bytes)
        return sard_fail(error, SARD_LIMIT, "has %zu bytes, at most %" PRIu64, size, limits->file_bytes);
    const sard_status status = new_file(limits, allocator, out, error);
    if (status)
        return status;
    (*out)->bytes = bytes;
    (*out)->size = size;
    return SARD_OK;
}

/* Whole pages of the range, if it lies in the map. */
static void release(const uint8_t *map, size_t size, const uint8_t *data, size_t bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)data + page - 1) / page * page;
    if ((uintptr_t)data < (uintptr_t)map || (uintptr_t)data - (uintptr_t)map > size || bytes > size - ((uintptr_t)data - (uintptr_t)map))
        return;
    const uintptr_t last = ((uintptr_t)data + bytes) / page * page;
    if (last > first)
        (void)madvise((void *)first, last - first, MADV_DONTNEED);
}

void sard_onnx_release(const sard_onnx_file *file, const void *data, size_t bytes)
{
    if (!file || bytes < LEAST_RELEASED || file->how & SARD_READ_COPY)
        return;
    if (file->mapped)
        release(file->bytes, file->size, data, bytes);
    for (const sard_onnx_map *map = file->maps; map; map = map->next)
        release(map->bytes, map->size, data, bytes);
}

void sard_onnx_close(sard_onnx_file *file)
{
    if (!file)
        return;
    for (const sard_onnx_map *map = file->maps; map && !(file->how & SARD_READ_COPY); map = map->next)
        munmap((void *)map->bytes, map->size);
    if (file->mapped)
        munmap((void *)file->bytes, file->size);
    sard_arena_reset(&file->arena);
    const sard_allocator allocator = file->allocator;
    allocator.free(allocator.user, file);
}
