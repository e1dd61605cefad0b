from .parser import Parser
