find_package(Python3 REQUIRED COMPONENTS Interpreter)

# mycelium_python_test(NAME SCRIPT [ARG...]): a Python script that fails with a status.
function(mycelium_python_test name script)
  add_test(NAME ${name} COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/${script}" ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 60)
endfunction()
