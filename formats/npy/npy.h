/* NumPy's files: .npy (one array) and .npz (a zip archive of them). Formats: numpy.lib.format; PKWARE's APPNOTE for zip.
 *
 * Elements are what sard has a size for. Strings are numpy's U (UCS-4) and S; they are written as U where they are UTF-8, else as S.
 * bfloat16 is the two-byte void '<V2', which is what numpy writes for ml_dtypes.bfloat16: np.load(f).view(ml_dtypes.bfloat16).
 * Big-endian and Fortran-ordered arrays are turned round. Complex, structured, date and pickled arrays are refused.
 *
 * Memory: `data` of tensors read here comes from malloc, one block each, and is the caller's to free(). */
#ifndef SARD_FORMATS_NPY_NPY_H
#define SARD_FORMATS_NPY_NPY_H

#include <sard/sard.h>

/* Fails with PARSE (not an array, cut off), UNSUPPORTED (element type, rank) or NOMEM. Bytes after the array are ignored. */
sard_status sard_npy_parse(const void *bytes, size_t size, sard_tensor *out, sard_error *error) SARD_MUST_USE;

/* Writes format 1.0; free(*bytes). Fails with UNSUPPORTED (a type numpy lacks) or NOMEM. */
sard_status sard_npy_serialize(const sard_tensor *tensor, void **bytes, size_t *size, sard_error *error) SARD_MUST_USE;

/* An array of an archive. name: without ".npy". */
typedef struct sard_npz_entry {
    char name[256];
    sard_tensor tensor;
} sard_npz_entry;

/* Reads all arrays, stored or deflated. Fails as sard_npy_parse, UNSUPPORTED also for encryption and other compressions,
 * LIMIT where all arrays together take more than 16 times the archive's bytes and 1 GiB. */
sard_status sard_npz_parse(const void *bytes, size_t size, sard_npz_entry **entries, size_t *count, sard_error *error) SARD_MUST_USE;

/* Frees what sard_npz_parse made; NULL does nothing. A tensor whose data was set to NULL is the caller's. */
void sard_npz_free(sard_npz_entry *entries, size_t count);

/* Writes an archive of stored arrays; free(*bytes). Fails as sard_npy_serialize, or with LIMIT (4 GiB and more). */
sard_status sard_npz_serialize(const sard_tensor *tensors, const char *const *names, size_t count, void **bytes, size_t *size,
                               sard_error *error) SARD_MUST_USE;

/* ---- between the files of this folder ---- */

/* As sard_npy_parse; strings beyond their characters may take `room` bytes, else LIMIT. */
sard_status sard_npy_parse_within(const void *bytes, size_t size, uint64_t room, sard_tensor *out, sard_error *error) SARD_MUST_USE;

/* U or S elements of `item` bytes each to sard_strings, all in one block. */
sard_status sard_npy_read_strings(char kind, size_t item, bool swap, const unsigned char *from, size_t count, void **out,
                                  sard_error *error) SARD_MUST_USE;

/* The kind and bytes of the element that holds each of these. */
void sard_npy_string_type(const sard_string *strings, size_t count, char *kind, size_t *item);

void sard_npy_write_strings(const sard_string *strings, size_t count, char kind, size_t item, unsigned char *to);

#endif
