# The native kernels' tests with templates 8 and 16 floats wide in baseline instructions: the logic of wide tiers on any processor.
file(GLOB wide_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/backends/wide/*.c)
add_library(test_wide OBJECT ${wide_sources})
target_include_directories(test_wide PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
target_compile_options(test_wide PRIVATE -O1 -Wno-psabi)

file(GLOB wide_tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/backends/native/test_*.c)
list(FILTER wide_tests EXCLUDE REGEX "/test_(guard|views)\\.c$") # of guards alone; of which kernels are cheapest, here others
foreach(file ${wide_tests})
    string(REGEX REPLACE ".*/test_(.*)\\.c$" "\\1" name ${file})
    add_executable(test_wide_${name} ${file} $<TARGET_OBJECTS:test_wide>) # has the library's sard_tier_of, and so stands before it
    target_link_libraries(test_wide_${name} PRIVATE test_support)
    set_target_properties(test_wide_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    add_test(NAME wide/${name} COMMAND test_wide_${name})
    set_tests_properties(wide/${name} PROPERTIES ENVIRONMENT "SARD_TEST_SHARE=2" TIMEOUT 900)
endforeach()
