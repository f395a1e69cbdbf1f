package main

type staffCommands struct{}
