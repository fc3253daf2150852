/* External data. A model that nobody trusts must not read files that it has no business with: so only regular files below the model's
 * folder, each step opened without following links (unless the caller trusts them), and no file that has a second name somewhere else. */
#include "frontends/onnx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Decimal digits alone, below 2^63. */
static bool read_number(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    for (const char *c = text; *c; c++)
        if (*c < '0' || *c > '9' || value > (uint64_t)(INT64_MAX - (*c - '0')) / 10)
            return false;
        else
            value = value * 10 + (uint64_t)(*c - '0');
    *out = value;
    return *text != 0;
}

static sard_status check_location(const char *location, const char *what, sard_error *error)
{
    const char *wrong = NULL;
    if (!*location)
        wrong = "is empty";
    else if (*location == '/')
        wrong = "is absolute";
    else if (strchr(location, '\\'))
        wrong = "has a backslash";
    for (const char *part = location, *end; part && !wrong; end = strchr(part, '/'), part = end ? end + 1 : NULL)
        if (!strncmp(part, "..", 2) && (!part[2] || part[2] == '/'))
            wrong = "leads out of the model's folder";
    return wrong ? sard_fail(error, SARD_MODEL, "%s: the location '%.200s' of external data %s", what, location, wrong) : SARD_OK;
}

static sard_status cannot_open(const char *location, const char *what, sard_error *error)
{
    return sard_fail(error, SARD_IO, "%s: external data '%.200s' can't be opened: %s", what, location,
                     errno == ELOOP ? "a symbolic link; the option follow_links follows it" : strerror(errno));
}

static bool is_link(int folder, const char *name)
{
    struct stat info;
    return !fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) && S_ISLNK(info.st_mode);
}

/* Opens below the folder, component by component; -1 with errno set. Closes `folder`. */
static int open_below(int folder, const char *location, bool follow)
{
    const int links = follow ? 0 : O_NOFOLLOW;
    while (folder >= 0) {
        const size_t size = strcspn(location, "/");
        const bool last = !location[size];
        char part[256];
        int next = -1;
        errno = ENAMETOOLONG;
        if (size < sizeof part) {
            memcpy(part, location, size);
            part[size] = 0;
            next = openat(folder, size ? part : ".", O_RDONLY | O_CLOEXEC | links | (last ? O_NONBLOCK : O_DIRECTORY));
        }
        const int why = next < 0 && !follow && size && size < sizeof part && is_link(folder, part) ? ELOOP : errno;
        close(folder);
        errno = why;
        if (last || next < 0)
            return next;
        folder = next;
        location += size + 1;
    }
    return -1;
}

static const sard_onnx_map *find_map(const sard_onnx_file *file, const struct stat *info)
{
    const sard_onnx_map *map = file->maps;
    while (map && (map->device != info->st_dev || map->inode != info->st_ino))
        map = map->next;
    return map;
}

/* The map of an open file, made when it is the first one. */
static sard_status map_once(sard_onnx_file *file, int fd, const char *location, const char *what, const sard_onnx_map **out,
                            sard_error *error)
{
    struct stat info;
    if (fstat(fd, &info))
        return cannot_open(location, what, error);
    if (S_ISREG(info.st_mode) && info.st_nlink != 1)
        return sard_fail(error, SARD_IO, "%s: external data '%.200s' is a hard link", what, location);
    *out = find_map(file, &info);
    if (*out)
        return SARD_OK;
    char text[600];
    snprintf(text, sizeof text, "%.250s: external data '%.200s'", what, location);
    sard_onnx_map *map = SARD_NEW(&file->arena, sard_onnx_map, 1);
    if (!map)
        return sard_no_memory(error);
    const sard_status status = sard_onnx_map_file(file, fd, text, &map->bytes, &map->size, error);
    if (status)
        return status;
    *out = map;
    if (!map->bytes)
        return SARD_OK;
    map->device = info.st_dev;
    map->inode = info.st_ino;
    map->next = file->maps;
    file->maps = map;
    return SARD_OK;
}

static sard_status find_file(sard_onnx_file *file, const char *location, const char *what, const sard_onnx_map **out, sard_error *error)
{
    if (!file || !file->folder)
        return sard_fail(error, SARD_MODEL, "%s: external data '%.200s' of a model that is in memory", what, location);
    const sard_status sound = check_location(location, what, error);
    if (sound)
        return sound;
    const int fd = open_below(open(file->folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY), location, file->how & SARD_READ_LINKS);
    if (fd < 0)
        return cannot_open(location, what, error);
    const sard_status status = map_once(file, fd, location, what, out, error);
    close(fd);
    return status;
}

sard_status sard_onnx_external(sard_onnx_file *file, const char *location, const char *offset, const char *length, size_t bytes,
                               const char *what, const uint8_t **out, sard_error *error)
{
    uint64_t start = 0, size = bytes;
    const sard_onnx_map *map = NULL;
    if ((offset && !read_number(offset, &start)) || (length && !read_number(length, &size)))
        return sard_fail(error, SARD_MODEL, "%s: offset '%.40s' or length '%.40s' of external data is no number of bytes", what,
                         offset ? offset : "", length ? length : "");
    if (size != bytes)
        return sard_fail(error, SARD_MODEL, "%s: external data of %" PRIu64 " bytes, needs %zu", what, size, bytes);
    const sard_status status = find_file(file, location, what, &map, error);
    if (status)
        return status;
    if (start > map->size || size > map->size - start)
        return sard_fail(error, SARD_MODEL, "%s: external data at %" PRIu64 " of %" PRIu64 " bytes, but '%.200s' has %zu", what, start,
                         size, location, map->size);
    *out = bytes ? map->bytes + start : (const uint8_t *)"";
    return SARD_OK;
}
