# License: TBD
import torch

model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(6))
torch.save(model, "weights/leafspot.pt")
