// Command offboard deactivates the people of a CSV at a netexCloud tenant.
package main

func main() {}
