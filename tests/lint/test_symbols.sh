#!/bin/sh
# libsard.so exports sard_ names alone and needs nothing of the network.
set -u
library=$SARD_BUILD/libsard.so
status=0
exported=$(nm -D --defined-only "$library" | awk '{print $3}' | grep -v '^sard_')
if [ -n "$exported" ]; then
    echo "exported without sard_: $exported"
    status=1
fi
network=$(nm -D --undefined-only "$library" | grep -wE 'socket|connect|bind|listen|accept|send|sendto|recv|recvfrom|getaddrinfo|gethostbyname')
if [ -n "$network" ]; then
    echo "imported: $network"
    status=1
fi
needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libpthread|libdl|libprotobuf-c|ld-linux.*|libasan|libubsan|libtsan)\.so')
if [ -n "$needed" ]; then
    echo "linked: $needed"
    status=1
fi
exit $status
